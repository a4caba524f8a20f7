import { expect, test } from 'vitest'
import { RecordReader, RecordWriter } from '../../src/peers/raw-records.ts'
import { sampleMaker } from '../../src/workload.ts'

const bytes = 150

test('records are read again wherever their bytes are cut', async () => {
  const stream = await written(3)
  for (let cut = 0; cut <= stream.length; cut += 1) {
    expect(numbersIn(stream.subarray(0, cut), stream.subarray(cut)), `cut at ${cut}`).toEqual([0, 1, 2])
  }
  expect(numbersIn(...Array.from(stream, (byte) => Buffer.of(byte)))).toEqual([0, 1, 2])
})

test('a record that has not come in full is not handed on', async () => {
  const stream = await written(3)
  expect(numbersIn(stream.subarray(0, -1))).toEqual([0, 1])
})

test('each record takes as many bytes as the JSON of the first sample', async () => {
  expect(await written(1_000)).toHaveLength(1_000 * JSON.stringify(sampleMaker(bytes, 0)(0, 0)).length)
})

async function written(count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const writer = new RecordWriter((chunk) => chunks.push(chunk))
  const sample = sampleMaker(bytes, 0)
  for (let n = 0; n < count; n += 1) writer.add('user.login', sample(n, 0))
  await Promise.resolve()
  return Buffer.concat(chunks)
}

function numbersIn(...chunks: Buffer[]): number[] {
  const numbers: number[] = []
  const reader = new RecordReader()
  reader.on('user.login', (data) => numbers.push((data as { n: number }).n))
  reader.on('user.logout', () => expect.fail('this topic was not published to'))
  for (const chunk of chunks) reader.take(chunk)
  return numbers
}
