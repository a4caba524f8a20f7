import { createBus } from '@clusterbus/client'
import { tellAboutItself } from './tell.ts'

const bus = createBus()
await tellAboutItself(() => bus.ready())
