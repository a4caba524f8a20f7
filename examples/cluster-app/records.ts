import type { Bus } from '@clusterbus/client'
import type { Events, Profile } from './events.ts'

const settings = new Map<string, unknown>([['uploads', { maxMegabytes: 20, types: ['png', 'pdf'] }]])
const profiles = new Map<string, Profile>([['7', { id: '7', name: 'Ada Byron' }]])

/** What the primary knows, for whoever asks. A handler that throws makes the request fail. */
export function answerRequests(bus: Bus<Events>): void {
  bus.respond('config.get', ({ key }) => find(settings, key))
  bus.respond('profile.load', ({ id }) => find(profiles, id))
  bus.respond('profile.save', (profile) => {
    profiles.set(profile.id, profile)
    return profile
  })
}

function find<Value>(records: Map<string, Value>, key: string): Value {
  const value = records.get(key)
  if (value === undefined) throw new Error(`there is no record ${key}`)
  return value
}
