/** Bytes of which each tells where it stands, when the first stands at `at`: 251 is no factor of any buffer's size. */
export function numbered(at: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let index = 0; index < size; index += 1) bytes[index] = (at + index) % 251
  return bytes
}
