import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * What is said at a path before any frame. Numbers are little-endian.
 *
 *     member  `CBPH`   u16 version of this page   u16 zero   nonce of 32 bytes
 *     broker  `CBPH`   u16 version of this page   u16 zero   nonce of 32 bytes   proof of 32 bytes
 *     member  proof of 32 bytes   u32 length   introduction: JSON
 *
 * A proof is an HMAC with the secret of the token over who proves it, both nonces, and the introduction. Each side
 * shows by it that it can read the token, and neither learns it from the other. What the introduction holds may grow: who
 * reads it takes what it knows. Nothing else may change its place, so that each version understands the refusal of another.
 */
const handshakeVersion = 1
export const nonceBytes = 32
export const proofBytes = 32
export const helloBytes: number = 8 + nonceBytes
export const answerBytes: number = 8 + nonceBytes + proofBytes
/** What stands before the introduction. */
export const headBytes: number = proofBytes + 4
const introductionBytesMax = 16 * 1024
const magic = 'CBPH'

/** Who proves that it knows the secret. */
export type Role = 'broker' | 'member'

/** What both proofs are about. */
export interface Challenge {
  readonly secret: Buffer
  readonly memberNonce: Buffer
  readonly brokerNonce: Buffer
}

export function prove(role: Role, { secret, memberNonce, brokerNonce }: Challenge, introduction: Buffer): Buffer {
  const hmac = createHmac('sha256', secret).update(`clusterbus ${role}\0`)
  return hmac.update(memberNonce).update(brokerNonce).update(introduction).digest()
}

/** Takes the same time for every wrong proof. */
export function isProven(proof: Buffer, role: Role, challenge: Challenge, introduction: Buffer): boolean {
  return timingSafeEqual(proof, prove(role, challenge, introduction))
}

export function encodeHello(nonce: Buffer): Buffer {
  return Buffer.concat([prefix(), nonce])
}

export function encodeAnswer(nonce: Buffer, proof: Buffer): Buffer {
  return Buffer.concat([prefix(), nonce, proof])
}

export function encodeIntroduction(proof: Buffer, introduction: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(introduction.length)
  return Buffer.concat([proof, length, introduction])
}

/** The nonce in a hello, and in an answer the proof; `undefined` when it is none. Nothing has been proven by that. */
export function decodeGreeting(bytes: Buffer): { nonce: Buffer; proof: Buffer } | undefined {
  if (bytes.toString('latin1', 0, 4) !== magic) return undefined
  return { nonce: bytes.subarray(8, 8 + nonceBytes), proof: bytes.subarray(8 + nonceBytes) }
}

/** How long the introduction is that stands behind; `undefined` when it is too long, or nothing. */
export function decodeHead(bytes: Buffer): { proof: Buffer; introductionBytes: number } | undefined {
  const introductionBytes = bytes.readUInt32LE(proofBytes)
  if (introductionBytes === 0 || introductionBytes > introductionBytesMax) return undefined
  return { proof: bytes.subarray(0, proofBytes), introductionBytes }
}

function prefix(): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.write(magic, 'latin1')
  bytes.writeUInt16LE(handshakeVersion, 4)
  return bytes
}
