import type { Bus } from '@clusterbus/client'
import type { Events, Profile } from './events.ts'

export interface Profiles {
  read(id: string): Promise<{ name: string; from: 'cache' | 'primary' }>
  write(profile: Profile): Promise<Profile>
}

/** Profiles, read from the primary once and then from a cache, until a worker changes them. */
export function createProfiles(bus: Bus<Events>): Profiles {
  // Promises, so that a change also drops what is on its way from the primary and may be old already.
  const cache = new Map<string, Promise<Profile>>()
  bus.subscribe('profile-changed', ({ id }) => cache.delete(id))

  const load = (id: string): Promise<Profile> => {
    const profile: Promise<Profile> = bus.request('profile.load', { id })
    profile.catch(() => cache.delete(id))
    cache.set(id, profile)
    return profile
  }

  return {
    async read(id) {
      const cached = cache.get(id)
      const { name } = await (cached ?? load(id))
      return { name, from: cached ? 'cache' : 'primary' }
    },
    async write(profile) {
      await bus.request('profile.save', profile)
      cache.delete(profile.id)
      bus.publish('profile-changed', { id: profile.id }, { echo: false })
      return profile
    },
  }
}
