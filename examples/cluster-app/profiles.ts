import { createCache } from '@clusterbus/cache'
import type { Bus } from '@clusterbus/client'
import type { Events, Profile } from './events.ts'

export interface Profiles {
  read(id: string): Promise<{ name: string; from: 'cache' | 'primary' }>
  write(profile: Profile): Promise<Profile>
}

/** Profiles, read from the primary once and then from a cache, until a worker changes them. */
export async function createProfiles(bus: Bus<Events>): Promise<Profiles> {
  const cache = createCache<string, Profile>(bus, { name: 'profiles', max: 1_000 })
  await cache.ready()

  return {
    async read(id) {
      let from: 'cache' | 'primary' = 'cache'
      const { name } = await cache.fetch(id, () => {
        from = 'primary'
        return bus.request('profile.load', { id })
      })
      return { name, from }
    },
    async write(profile) {
      await bus.request('profile.save', profile)
      // From here on no worker answers with what it had.
      await cache.invalidate(profile.id)
      return profile
    },
  }
}
