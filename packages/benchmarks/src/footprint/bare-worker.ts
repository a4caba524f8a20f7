import { tellAboutItself } from './tell.ts'

await tellAboutItself(() => Promise.resolve())
