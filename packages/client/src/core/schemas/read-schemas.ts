import { assertPattern, describeThrown, quoted } from '@clusterbus/protocol'
import type { Schema } from '../../schemas.ts'
import { badOption } from '../check-arguments.ts'
import { SchemaCheck, type TopicSchemas } from './schema-check.ts'

/** Reads the options `schemas` and `validate` of `createBus`. Throws `BAD_OPTION`. */
export function readSchemas(schemas: unknown, validate: unknown): SchemaCheck | undefined {
  if (schemas === undefined) {
    if (validate === undefined) return undefined
    throw badOption('validate', 'createBus: validate says where schemas are used; give schemas as well')
  }
  if (validate !== undefined && validate !== 'publish' && validate !== 'deliver' && validate !== 'both') {
    throw badOption('validate', `createBus: validate must be 'publish', 'deliver' or 'both', not ${quoted(validate)}`)
  }
  if (!isPlainObject(schemas)) {
    throw badOption('schemas', 'createBus: schemas must be a plain object: topics or patterns, and the schema of each')
  }
  return new SchemaCheck(
    Object.entries(schemas).map(([pattern, given]) => readTopic(pattern, given)),
    validate ?? 'publish',
  )
}

/** What was inherited would be overlooked, such as all that stands in `{ __proto__: … }`. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Of another realm it is as good.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function readTopic(pattern: string, given: unknown): TopicSchemas {
  try {
    assertPattern(pattern, 'createBus')
  } catch (error) {
    throw badOption('schemas', `${describeThrown(error).message}; it is a key of schemas`)
  }
  if (isSchema(given)) return { pattern, data: given, reply: undefined }
  const where = `createBus: schemas[${quoted(pattern)}]`
  const pair = isPlainObject(given) ? Object.entries(given) : []
  if (pair.length === 0 || pair.some(([name]) => name !== 'data' && name !== 'reply')) {
    throw badOption('schemas', `${where} must be a Standard Schema, or { data, reply } with one in each`)
  }
  const { data, reply } = Object.fromEntries(pair)
  return { pattern, data: readOne(data, `${where}.data`), reply: readOne(reply, `${where}.reply`) }
}

function readOne(given: unknown, where: string): Schema | undefined {
  if (given === undefined || isSchema(given)) return given
  throw badOption('schemas', `${where} must be a Standard Schema, of a library that has '~standard'`)
}

/** ArkType's schemas are functions. */
function isSchema(given: unknown): given is Schema {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return false
  const standard: unknown = '~standard' in given ? given['~standard'] : undefined
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  )
}
