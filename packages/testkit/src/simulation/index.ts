export { describeFailure } from './run/report.ts'
export { simulate } from './run/simulate.ts'

export type { Violation } from './history/records.ts'
export type { SimulationResult } from './run/simulate.ts'
