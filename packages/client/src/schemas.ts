import type { SchemaIssue } from '@clusterbus/protocol'
import type { Declared, Untyped } from './events.ts'

/**
 * A schema of any library that keeps to Standard Schema (standardschema.dev), such as Zod, Valibot or ArkType. `Input` is
 * what it takes, `Output` what it makes of it. Only what answers at once can be used: publishing is synchronous.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema made of a value, or why it would not have it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** The schemas of a topic that is asked: of what it is asked with, and of what is answered. */
export interface RequestSchemas {
  readonly data?: Schema<Untyped, unknown>
  readonly reply?: Schema<Untyped, unknown>
}

/**
 * Schemas of topics, or of all topics that match a pattern. For a topic that several of them match, one holds: from the
 * first token on, a token that is spelt out goes before `*`, and that before `>`.
 */
export type Schemas = Readonly<Record<string, Schema<Untyped, unknown> | RequestSchemas>>

/**
 * Where data is held against its schema. `'publish'`: where it is published, asked or answered. `'deliver'`: where it
 * arrives. `'both'`: on both sides.
 */
export type Validation = 'publish' | 'deliver' | 'both'

/** The event map that schemas make: what they take is published, what they make of it is received. */
export type EventsOf<Given extends Schemas> = {
  readonly [Topic in keyof Given]: Given[Topic] extends Schema<Untyped, unknown>
    ? Declared<Input<Given[Topic]>, Output<Given[Topic]>, Untyped, Untyped>
    : Given[Topic] extends RequestSchemas
      ? Declared<
          Input<Given[Topic]['data']>,
          Output<Given[Topic]['data']>,
          Input<Given[Topic]['reply']>,
          Output<Given[Topic]['reply']>
        >
      : never
}

type Types<Given> = Given extends { readonly '~standard': { readonly types?: infer Both } }
  ? NonNullable<Both>
  : { input: Untyped; output: Untyped }

type Input<Given> = Types<Given> extends { readonly input: infer Taken } ? Taken : Untyped
type Output<Given> = Types<Given> extends { readonly output: infer Made } ? Made : Untyped
