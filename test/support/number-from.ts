/** What an option takes beside whole numbers from 0 to 4,294,967,295. */
export interface NumberForm {
  readonly least?: number
  readonly isFraction?: boolean
}

const most = 0xffff_ffff

/** The number that an option of a command line has been given. Throws for text that is none, and for one that is out of bounds. */
export function numberFrom(option: string, text: string, { least = 0, isFraction = false }: NumberForm = {}): number {
  const value = Number(text)
  const form = isFraction ? /^\d+(\.\d+)?$/ : /^\d+$/
  if (form.test(text) && value >= least && value <= most) return value
  const kind = isFraction ? 'number' : 'whole number'
  throw new TypeError(`${option} must be a ${kind} from ${least} to ${most}, not ${JSON.stringify(text)}`)
}
