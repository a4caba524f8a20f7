/** The number that an option of a command line has been given. Throws for text of another form, and for one over a million. */
export function numberFrom(option: string, text: string, form: RegExp): number {
  const value = Number(text)
  if (form.test(text) && value <= 1_000_000) return value
  throw new TypeError(`${option} must be a number from 0 to 1,000,000, not ${text}`)
}
