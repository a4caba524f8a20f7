import type { LoadOrder } from './order.ts'

/** More than any member can publish: each goes on as fast as its bus takes it. */
export const atFullRate: Pick<LoadOrder, 'perSecond' | 'askEvery' | 'bytes'> = {
  perSecond: 200_000,
  askEvery: 1_000,
  bytes: 100,
}
