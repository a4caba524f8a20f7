import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Input } from './input.ts'

const corpus = new URL('../corpus/', import.meta.url)

export interface CorpusEntry {
  /** Says what it is. */
  readonly name: string
  readonly input: Input
}

/** What is kept for a target. A file holds one chunk a line, in hexadecimal digits. */
export function readCorpus(target: string): CorpusEntry[] {
  const folder = new URL(`${target}/`, corpus)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((file) => ({ name: file.replace(/\.hex$/, ''), input: parse(readFileSync(new URL(file, folder), 'utf8')) }))
}

/** Keeps an input under a name that is made of `words`. Returns the name. */
export function keep(target: string, words: string, input: Input): string {
  const name = words
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80)
  mkdirSync(new URL(`${target}/`, corpus), { recursive: true })
  const lines = input.map((chunk) => chunk.toString('hex'))
  writeFileSync(new URL(`${target}/${name}.hex`, corpus), `${lines.join('\n')}\n`)
  return name
}

function parse(text: string): Input {
  return text
    .slice(0, text.endsWith('\n') ? -1 : undefined)
    .split('\n')
    .map((line) => Buffer.from(line, 'hex'))
}
