import type { Random } from '../../support/random.ts'

/** Types of extensions: those that are written, and some that are not. */
const extensions = [0x00, 0x42, 0x74, 0xff, 0x65, 0x70, 0x72, 0x01] as const
const counts = [0, 1, 2, 3, 15, 16, 255, 65_535, 2 ** 31, 2 ** 32 - 1] as const
/** Tokens of one byte, and those with a fixed number of bytes behind them. */
const leaves = [
  [0xc0, 0],
  [0xc1, 0],
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
] as const

/** MessagePack that is most often well-formed: one value, with others in it. */
export function packedValue(random: Random, depth = 0): Buffer {
  switch (random.below(depth > 5 ? 5 : 8)) {
    case 0:
      return Buffer.of(random.pick([random.below(128), 0xe0 + random.below(32), 0x40 + random.below(3)]))
    case 1: {
      const [token, bytes] = random.pick(leaves)
      return Buffer.concat([Buffer.of(token), anyBytes(random, bytes)])
    }
    case 2:
      return text(random)
    case 3:
      return withLength(random, [0xc4, 0xc5, 0xc6], anyBytes(random, random.below(6)))
    case 4:
      return extension(random)
    case 5:
      return container(random, depth, 0x90, 0xdc, 1)
    case 6:
      return container(random, depth, 0x80, 0xde, 2)
    default:
      return Buffer.concat([Buffer.of(0x40 + random.below(2)), values(random, 1 + random.below(2), depth)])
  }
}

/** A graph as our codec writes it: its mark, and an array of slots and nodes, of which some do not fit together. */
export function packedGraph(random: Random): Buffer {
  const nodes = Array.from({ length: random.below(4) }, () => node(random))
  return Buffer.concat([Buffer.of(0xc1, 0x91 + nodes.length), slot(random, 1), ...nodes])
}

function node(random: Random): Buffer {
  const slots = Array.from({ length: random.below(5) }, () => slot(random))
  return Buffer.concat([Buffer.of(0x91 + slots.length, random.below(7)), ...slots])
}

function slot(random: Random, number = 1 + random.below(4)): Buffer {
  if (random.below(2) === 0) return Buffer.of(0x91, number)
  return random.below(8) === 0 ? Buffer.of(0x90) : packedValue(random, 6)
}

function container(random: Random, depth: number, short: number, long: number, each: number): Buffer {
  const count = random.below(4)
  const inside = values(random, count * each, depth)
  if (random.below(4) > 0) return Buffer.concat([Buffer.of(short + count), inside])
  const header = Buffer.of(long, 0, random.below(8) === 0 ? random.below(256) : count)
  return Buffer.concat([header, inside])
}

function values(random: Random, count: number, depth: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => packedValue(random, depth + 1)))
}

function text(random: Random): Buffer {
  const bytes = Buffer.from(
    random.pick(['', 'a', '__proto__', 'constructor', 'toJSON', 'é', '\ufeffx', 'x'.repeat(40)]),
  )
  if (bytes.length < 32) return Buffer.concat([Buffer.of(0xa0 + bytes.length), bytes])
  return withLength(random, [0xd9, 0xda, 0xdb], bytes)
}

function extension(random: Random): Buffer {
  const type = random.pick(extensions)
  if (random.below(2) === 0) {
    const size = random.below(5)
    return Buffer.concat([Buffer.of(0xd4 + size, type), anyBytes(random, 1 << size)])
  }
  const content = anyBytes(random, random.below(14))
  // A typed array says first of which type it is.
  if (content.length > 0 && random.below(2) === 0) content[0] = random.below(12)
  return withLength(random, [0xc7, 0xc8, 0xc9], content, Buffer.of(type))
}

/** A header with a length of one, two or four bytes, seldom a wrong one. */
function withLength(random: Random, tokens: readonly number[], content: Buffer, between = Buffer.alloc(0)): Buffer {
  const size = random.below(3)
  const header = Buffer.alloc(1 + (1 << size))
  header[0] = tokens[size] ?? 0
  const length = random.below(16) === 0 ? random.pick(counts) : content.length
  header.writeUIntBE(length % 256 ** (1 << size), 1, 1 << size)
  return Buffer.concat([header, between, content])
}

function anyBytes(random: Random, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.below(256)))
}
