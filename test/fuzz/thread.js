import { register } from 'tsx/esm/api'

// With --import, tsx leaves worker threads alone.
register()
await import('./worker.ts')
