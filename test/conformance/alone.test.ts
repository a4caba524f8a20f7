import { testBusesOfThisProcess } from './support/in-process.ts'

testBusesOfThisProcess('tenth')
