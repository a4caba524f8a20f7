import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { placeAt } from '../../src/index.ts'
import { hold, killed, leaveSocketBehind, listenAt, mustHold, newFolder, newPlace, undoAll } from './support.ts'

afterEach(undoAll)

const notAllowed = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'NOT_ALLOWED', message: expect.stringMatching(message) })

describe('a path', () => {
  test('is made absolute', () => {
    expect(placeAt('app.sock', 'test').path).toBe(join(process.cwd(), 'app.sock'))
  })

  test.each([undefined, null, '', 1, {}, 'a\0b'])('that is %j is refused', (path) => {
    expect(() => placeAt(path, 'listen')).toThrow(expect.objectContaining({ code: 'BAD_OPTION', option: 'path' }))
  })

  test('that the system would cut short is refused', () => {
    expect(() => placeAt(`/${'x'.repeat(107)}`, 'listen')).toThrow(notAllowed(/108 bytes, over the system's limit/))
  })
})

describe('a claim', () => {
  test('makes a socket and a token that nobody else can reach, whatever the umask is', async () => {
    const place = placeAt(join(newFolder(), 'made', 'deep', 'app.sock'), 'test')
    const before = process.umask(0)
    const { claim } = await mustHold(place).finally(() => process.umask(before))
    expect(lstatSync(place.path).isSocket()).toBe(true)
    expect(lstatSync(place.path).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(place.path)).mode & 0o777).toBe(0o700)
    expect(statSync(place.claims).mode & 0o777).toBe(0o700)
    expect(statSync(join(place.claims, `${claim.id}.token`)).mode & 0o777).toBe(0o600)
  })

  test('leaves nothing when it is released, and is not current any more', async () => {
    const place = newPlace()
    const { claim } = await mustHold(place)
    expect(claim.isCurrent).toBe(true)
    claim.release(false)
    claim.release(false)
    expect(claim.isCurrent).toBe(false)
    expect(readdirSync(place.folder)).toEqual([])
  })

  test('tells of the leases of the one before, as long as they are out, when it ends as well', async () => {
    const place = newPlace()
    killed(await mustHold(place, { leasesMs: 30_000 }))
    killed(await mustHold(place, { leasesMs: 100 }))
    const third = await mustHold(place, { leasesMs: 100 })
    expect(third.claim.formerLeasesMs).toBe(30_000)
    third.claim.outlastFormer()
    expect(readdirSync(place.claims).toSorted()).toEqual([third.claim.id, `${third.claim.id}.token`].toSorted())
    expect(lstatSync(join(place.claims, `${third.claim.id}.token`)).mode & 0o777).toBe(0o600)
    killed(third)
    const fourth = await mustHold(place, { leasesMs: 100 })
    expect(fourth.claim.formerLeasesMs).toBe(100)
    fourth.claim.release(false)
    fourth.claim.outlastFormer()
    expect(readdirSync(place.folder)).toEqual([])
  })

  test('uses the whole length that a path may have', async () => {
    const folder = newFolder()
    const place = placeAt(join(folder, 'x'.repeat(106 - folder.length)), 'test')
    const held = await mustHold(place)
    expect(await hold(place)).toBe(process.pid)
    killed(held)
    await mustHold(place)
  })

  test('is refused while another stands, and says whose that is', async () => {
    const place = newPlace()
    await mustHold(place, { pid: 123 })
    expect(await hold(place)).toBe(123)
    expect(readdirSync(place.folder).toSorted()).toEqual(['app.sock', 'app.sock.broker'])
  })

  test('of many that are made at once is given to one', async () => {
    for (let race = 0; race < 20; race++) {
      const place = newPlace()
      if (race % 2 === 1) killed(await mustHold(place))
      const results = await Promise.all(Array.from({ length: 10 }, () => hold(place)))
      expect(results.filter((result) => typeof result === 'object')).toHaveLength(1)
      expect(readdirSync(place.folder).toSorted()).toEqual(['app.sock', 'app.sock.broker'])
      expect(readdirSync(place.claims)).toHaveLength(2)
    }
  })

  test('replaces what was left by one whose process was killed, and knows of its leases', async () => {
    const place = newPlace()
    const first = await mustHold(place)
    expect(first.claim.formerLeasesMs).toBe(0)
    killed(first)
    const { claim } = await mustHold(place)
    expect(claim.formerLeasesMs).toBe(2_000)
    expect(claim.isCurrent).toBe(true)
    expect(first.claim.isCurrent).toBe(false)
    await reached(place.path)
  })

  test('that is released while members may serve from caches tells the next', async () => {
    const place = newPlace()
    const first = await mustHold(place)
    first.claim.release(true)
    expect(existsSync(place.path)).toBe(false)
    const { claim } = await mustHold(place)
    expect(claim.formerLeasesMs).toBe(2_000)
    first.claim.forget()
    expect(claim.isCurrent).toBe(true)
    expect(readdirSync(place.claims)).toHaveLength(2)
  })

  test('is taken from one that is known to be silent, and from no other', async () => {
    const place = newPlace()
    const stopped = await mustHold(place)
    expect(await hold(place, { silentId: 'another' })).toBe(process.pid)
    const { claim } = await mustHold(place, { silentId: stopped.claim.id })
    expect([stopped.claim.isCurrent, claim.isCurrent]).toEqual([false, true])
    // The one that was stopped runs again, and cleans up after itself.
    stopped.claim.release(false)
    stopped.gate.close()
    expect(claim.isCurrent).toBe(true)
    await reached(place.path)
    expect(await hold(place, { silentId: stopped.claim.id })).toBe(process.pid)
  })

  test('puts its socket back that somebody has removed', async () => {
    const place = newPlace()
    const { claim } = await mustHold(place)
    unlinkSync(place.path)
    await claim.publish()
    await claim.publish()
    await reached(place.path)
    await leaveSocketBehind(join(place.folder, 'stale'))
    unlinkSync(place.path)
    await leaveSocketBehind(place.path)
    await claim.publish()
    await reached(place.path)
  })

  test.each([
    ['before it had the path', ['entry']],
    ['with half of it removed', []],
    ['after it had linked the socket', ['entry', 'entry.link', 'entry.token']],
    ['with half a token', ['entry.token']],
  ])('replaces what is left by one that was killed %s', async (_, names) => {
    const place = newPlace()
    mkdirSync(place.claims, { mode: 0o700 })
    for (const name of names) {
      if (name.endsWith('.token')) writeFileSync(join(place.claims, name), '{', { mode: 0o600 })
      else await leaveSocketBehind(join(place.claims, name))
    }
    const { claim } = await mustHold(place)
    expect(claim.formerLeasesMs).toBe(2_000)
    expect(readdirSync(place.claims).toSorted()).toEqual([claim.id, `${claim.id}.token`].toSorted())
  })
})

describe('a claim is refused where', () => {
  test('something else listens', async () => {
    const place = newPlace()
    await listenAt(place.path)
    await expect(hold(place)).rejects.toEqual(notAllowed(/something else listens/))
    expect(readdirSync(place.folder)).toEqual(['app.sock'])
  })

  test('something else listens in place of one that was killed, whose leases the next still hears of', async () => {
    const place = newPlace()
    killed(await mustHold(place, { leasesMs: 30_000 }))
    unlinkSync(place.path)
    const other = await listenAt(place.path)
    await expect(hold(place)).rejects.toEqual(notAllowed(/something else listens/))
    other.close()
    expect((await mustHold(place)).claim.formerLeasesMs).toBe(30_000)
  })

  test('there is a file, which stays', async () => {
    const place = newPlace()
    writeFileSync(place.path, 'mine')
    await expect(hold(place)).rejects.toEqual(notAllowed(/is no socket/))
    expect(readdirSync(place.folder)).toEqual(['app.sock'])
  })

  test.each(['file', 'symbolic link'])('a %s stands in place of the claims', async (kind) => {
    const place = newPlace()
    if (kind === 'file') writeFileSync(place.claims, '')
    else symlinkSync(newFolder(), place.claims)
    await expect(hold(place)).rejects.toEqual(notAllowed(/is no directory/))
  })

  test('others can look into the claims', async () => {
    const place = newPlace()
    mkdirSync(place.claims)
    chmodSync(place.claims, 0o755)
    await expect(hold(place)).rejects.toEqual(notAllowed(/is open to other users/))
  })

  test('others may write in the folder, unless it is sticky', async () => {
    const place = newPlace()
    chmodSync(place.folder, 0o777)
    await expect(hold(place)).rejects.toEqual(notAllowed(/others may write in the folder .*chmod go-w/))
    chmodSync(place.folder, 0o1777)
    await mustHold(place)
  })

  test('the folder is a file', async () => {
    const folder = join(newFolder(), 'file')
    writeFileSync(folder, '')
    await expect(hold(newPlace(folder))).rejects.toEqual(notAllowed(/there is no folder/))
  })

  test('the folder is so deep that no socket has room beside it', async () => {
    const folder = newFolder()
    const deep = join(folder, 'd'.repeat(100 - folder.length))
    await expect(hold(placeAt(join(deep, 's'), 'test'))).rejects.toEqual(notAllowed(/over the system's limit/))
  })
})

/** Resolves when somebody has taken the call. */
function reached(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve()
    })
    socket.on('error', reject)
  })
}
