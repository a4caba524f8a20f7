import type { Link, LinkReceiver } from '@clusterbus/protocol'

/** The same link, with `wrap` between it and whoever opens it. */
export function wrappedLink(link: Link, wrap: (receiver: LinkReceiver) => LinkReceiver): Link {
  return {
    get bufferedBytes() {
      return link.bufferedBytes
    },
    open: (receiver) => link.open(wrap(receiver)),
    write: (segments) => link.write(segments),
    pause: () => link.pause(),
    resume: () => link.resume(),
    end: () => link.end(),
    destroy: () => link.destroy(),
    ref: () => link.ref(),
    unref: () => link.unref(),
  }
}
