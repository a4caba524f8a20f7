/**
 * The bytes of a frame. All numbers are little-endian and unsigned. Every frame starts with
 *
 *     0  u32  length of the whole frame, this field included
 *     4  u8   kind
 *     5  u8   flags
 *     6  u8   codec of the payload
 *     7  u8   zero
 *
 * and goes on by kind:
 *
 *     PUBLISH        8 sender   12 topic number               16 [headers] payload
 *     PUBLISH_NAMED  8 sender   12 name length                16 name [headers] payload
 *     REQUEST        8 sender   12 name length   16 request   20 name [headers] payload
 *     REPLY          8 sender   12 requester     16 request   20 payload, or a failure as JSON
 *     SUBSCRIBE      8 subscription   12 max   16 u8 pattern length, u8 group length   18 pattern group
 *     UNSUBSCRIBE    8 subscription
 *     CANCEL         8 request
 *     PING, PONG     8 number
 *     TOPIC          8 number   12 name
 *     FORGET, FORGOT 8 number
 *     BEAT, ALIVE    8 number
 *     FULL, HOLD     8 number: 1 from now on, 0 no longer
 *     SHAPE          8 sender   12 number        16 description, in the words of the codec
 *     GONE           8 member
 *     PICK           8 u32 count   12 subscription ...
 *     CONFIRM        8 number      12 a PUBLISH or PUBLISH_NAMED, whole
 *     TRACK, SETTLED 8 publisher   12 number
 *     CONFIRMED      8 number      12 members   16 delivered   20 failed   24 gone
 *     REFUSED        8 subscription   12 failure as JSON
 *     DENIED         8 count   12 name of the topic
 *     WELCOME, CLOSE 8 JSON
 *     TERMS          8 JSON with any of overflow, conflate, queuedBytes, memberMessages
 *     GAP            8 count   12 name of the topic, or nothing
 *     CACHE          8 cache   12 JSON with name and terms
 *     CACHED         8 cache   12 number for all, or a failure as JSON
 *     UNCACHE        8 cache
 *     INVALIDATE     8 number   12 cache             16 selectors: u8 kind, u32 length, text
 *     EVICT          8 zero     12 number for all    16 selectors
 *     EVICTED        8 count
 *     INVALIDATED    8 number   12 members   16 fenced
 *     RENEW          8 number
 *     LEASE          8 number   12 milliseconds
 *     CLAIM          8 number   12 cache     16 key
 *     CLAIMED        8 number   12 [payload]
 *     RELEASE        8 number   12 [payload]
 *
 * `[headers]` stands there when the flag HEADERS is set: u32 length, then a JSON object of strings. The sender is
 * written by the broker and by nobody else, whatever the member put there. PUBLISH, PUBLISH_NAMED, REQUEST, REPLY and
 * SHAPE leave the broker as they came in, but for the sender.
 *
 * A codec may describe the shape of data that recurs once (SHAPE) and then refer to it. The shapes of a sender are
 * numbered from 0 in the order in which it describes them. Whoever receives from it has been told all of them before
 * the first message that refers to them, and is told when the sender is gone for good (GONE).
 *
 * A message in a CONFIRM is routed as it would be alone; its publisher hears what became of it (CONFIRMED), or why it
 * was not routed, in a REPLY. With the flag HANDLED, a TRACK stands right before it, behind a PICK where there is one,
 * on its way to each member, and each of them says once when it is through with it (SETTLED). Requests and confirmations
 * of a member share one sequence of numbers, and a CANCEL holds for both.
 *
 * A member may say once, before anything else, what becomes of messages that it does not take in time (TERMS). Where the
 * broker has dropped some, it says so in front of the next message that it has kept: GAP, behind the PICK of the dropped
 * messages if they had one. A GAP without a name sums up more topics than are worth naming.
 *
 * A member that has published what it may not is told so (DENIED): how many messages to that topic were thrown away since
 * it was told last. It comes before whatever the broker answers to what the member has said behind them.
 *
 * Members that hold a cache of the same name (CACHE) are told what is void in it (EVICT), and say how many of those they
 * have heeded (EVICTED). They may serve what they hold for as long as their lease says (LEASE), counted from when they
 * asked for it (RENEW), whose number comes back as it was. INVALIDATE leaves the broker as EVICT, with the cache's number
 * in place of the member's own. Its sender hears when all others have heeded it, or may serve no more (INVALIDATED).
 * Who wants to load a key for all of them asks first (CLAIM), and is answered (CLAIMED) when nobody else does, or has done.
 */
export const FrameKind = {
  // From a member, passed on to members.
  PUBLISH: 1,
  PUBLISH_NAMED: 2,
  REQUEST: 3,
  REPLY: 4,
  SHAPE: 10,
  // From a member to the broker.
  SUBSCRIBE: 5,
  UNSUBSCRIBE: 6,
  CANCEL: 7,
  PING: 8,
  FORGOT: 9,
  CONFIRM: 11,
  SETTLED: 12,
  ALIVE: 13,
  FULL: 14,
  TERMS: 15,
  CACHE: 32,
  UNCACHE: 33,
  INVALIDATE: 34,
  EVICTED: 35,
  RENEW: 36,
  CLAIM: 37,
  RELEASE: 38,
  // From the broker to a member.
  WELCOME: 16,
  TOPIC: 17,
  FORGET: 18,
  PICK: 19,
  PONG: 20,
  REFUSED: 21,
  CLOSE: 22,
  GONE: 23,
  TRACK: 24,
  CONFIRMED: 25,
  BEAT: 26,
  GAP: 27,
  HOLD: 28,
  /** Since version 2. */
  DENIED: 29,
  CACHED: 40,
  EVICT: 41,
  INVALIDATED: 42,
  LEASE: 43,
  CLAIMED: 44,
} as const

/** PUBLISH, PUBLISH_NAMED, REQUEST: a block of headers stands before the payload. */
export const flagHeaders = 1
/** PUBLISH, PUBLISH_NAMED: the sender's own subscriptions are passed over. */
export const flagNoEcho = 2
/** PUBLISH, PUBLISH_NAMED: the payload refers to shapes that its sender has described. */
export const flagShaped = 16
/**
 * REPLY: the handler failed; the payload says how, as JSON with name, message and code. SETTLED: a handler failed.
 * RELEASE: nothing was loaded.
 */
export const flagFailed = 4
/**
 * REPLY: there is no handler's answer; the payload says why, as JSON with a bus error's code and message. CACHED: the same,
 * for a cache that is not held.
 */
export const flagRefused = 8
/** SUBSCRIBE: this subscription answers requests. */
export const flagResponder = 1
/** SUBSCRIBE: this subscription belongs to a group. */
export const flagGroup = 2
/** PICK: the member's plain subscriptions take the next frame too, or would have taken what a GAP tells of. */
export const flagPlain = 1
/** CONFIRM: the publisher waits until the message has been handled, and not only until it has been routed. */
export const flagHandled = 1
/** CLAIMED: the member that claimed is to load the key. */
export const flagMine = 1
/** CLAIMED, RELEASE: the value that was loaded stands there as the payload. */
export const flagValue = 2

export const baseBytes = 8
/** Where the part of a PUBLISH or PUBLISH_NAMED that its kind fixes ends. */
export const publishBytes = 16
/** The same for REQUEST and REPLY. */
export const requestBytes = 20
export const subscribeBytes = 18
/** Where the message in a CONFIRM starts. */
export const confirmBytes = 12
/** Most bytes of a message beside its headers and its payload. */
export const envelopeBytesMax: number = requestBytes + 255 + 4

export const senderAt = 8
/** The topic's number in PUBLISH, its name's length in PUBLISH_NAMED and REQUEST, the requester in REPLY. */
export const topicAt = 12
export const requestAt = 16
export const shapeNumberAt = 12

/** Largest block of headers, in bytes. */
export const headerBytesMax: number = 16 * 1024

/** Where the description in a SHAPE stands. */
export const shapeBytes = 16
/** Most shapes that one sender may describe. */
export const shapesMax = 64
/** Longest description of a shape, in bytes. */
export const descriptionBytesMax: number = 4 * 1024

/** Longest text that tells of a failure, in bytes. It fits into a frame whatever the limit for payloads is. */
export const failureBytesMax: number = 16 * 1024

/** Longest text of a TERMS, in bytes. */
export const termsBytesMax = 1024

/** Longest name and terms of a cache, in bytes of JSON. */
export const cacheTermsBytesMax: number = 4 * 1024
/** Where the selectors of an INVALIDATE or EVICT stand, and the key of a CLAIM. */
export const selectorsAt = 16
/** What stands before the text of a selector. */
export const selectorBytes = 5
/** Longest key, tag or prefix of a cache, in bytes. */
export const selectorTextBytesMax: number = 8 * 1024
/** Longest INVALIDATE, in bytes. It fits into a frame whatever the limit for payloads is. */
export const invalidateBytesMax: number = 16 * 1024
/** Where the payload of a CLAIMED or RELEASE stands, and the text of a CACHE or CACHED. */
export const claimBytes = 12

/** The longest frame that may carry a payload of `payloadBytes`. */
export function frameBytesMax(payloadBytes: number): number {
  return confirmBytes + envelopeBytesMax + headerBytesMax + payloadBytes
}

export function readU32(bytes: Buffer, at: number): number {
  // `noUncheckedIndexedAccess` cannot know that the frame's length was checked; past the end would read as zero.
  return (
    ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
  )
}

export function writeU32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
