import { randomBytes, timingSafeEqual } from 'node:crypto'
import { secretBytes, type Ticket } from './preamble.ts'

/** Tickets that one holder may have at a time; the oldest is void when there is one more. */
const ticketsPerHolder = 16

/** Issues tickets that admit their holder once. */
export class TicketOffice<Holder> {
  readonly #issued = new Map<number, { readonly ticket: Ticket; readonly holder: Holder; readonly key: object }>()
  readonly #decoy = randomBytes(secretBytes)
  #next = 1

  /** A ticket for `holder`; all tickets with the same `key` can be withdrawn together. */
  issue(holder: Holder, key: object): Ticket {
    const older = [...this.#issued].filter(([, issued]) => issued.key === key)
    for (const [number] of older.slice(0, Math.max(0, older.length - ticketsPerHolder + 1))) this.#issued.delete(number)
    const ticket = { number: this.#next, secret: randomBytes(secretBytes) }
    this.#next = this.#next === 0xffff_ffff ? 1 : this.#next + 1
    this.#issued.set(ticket.number, { ticket, holder, key })
    return ticket
  }

  /** The holder, if the ticket is genuine. It is used up then. Takes the same time for every wrong secret. */
  redeem(shown: Ticket): Holder | undefined {
    const issued = this.#issued.get(shown.number)
    const genuine = timingSafeEqual(shown.secret, issued?.ticket.secret ?? this.#decoy)
    if (issued === undefined || !genuine) return undefined
    this.#issued.delete(shown.number)
    return issued.holder
  }

  /** Voids every ticket that was issued under `key`. */
  withdraw(key: object): void {
    for (const [number, issued] of this.#issued) if (issued.key === key) this.#issued.delete(number)
  }
}
