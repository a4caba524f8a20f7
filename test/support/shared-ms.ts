/** Milliseconds of a clock that all processes of a machine share, and that goes on while they are stopped. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
