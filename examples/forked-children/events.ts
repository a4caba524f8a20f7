export interface Events {
  resize: { file: string }
  resized: { file: string; by: string }
}
