import type { Link } from '@clusterbus/protocol'
import { RecordingReceiver } from '../fakes/recording-receiver.ts'
import type { LinkCase, LinkHost, LinkTools } from './link-case.ts'
import { withinTime } from './tools/within-time.ts'

/** Runs one case with links of one kind, and destroys what it made. Rejects with what the case threw. */
export async function runLinkCase(linkCase: LinkCase, host: LinkHost): Promise<void> {
  const made: Link[] = []
  const pair = async (): Promise<readonly [Link, Link]> => {
    const ends = await host.pair()
    made.push(...ends)
    return ends
  }
  const tools: LinkTools = {
    holdsBytesUntilOpen: host.holdsBytesUntilOpen,
    pair,
    async open() {
      const [left, right] = await pair()
      const atLeft = new RecordingReceiver()
      const atRight = new RecordingReceiver()
      left.open(atLeft)
      right.open(atRight)
      return { left, right, atLeft, atRight }
    },
    settle: () => host.settle(),
  }
  try {
    await withinTime(linkCase.run(tools), linkCase.name)
  } finally {
    for (const link of made) link.destroy()
  }
}
