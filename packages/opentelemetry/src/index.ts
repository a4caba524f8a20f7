export { contextOf } from './carrier.ts'
export { tracing } from './tracing.ts'
