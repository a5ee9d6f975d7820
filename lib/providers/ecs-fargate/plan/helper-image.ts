import type { NodeSettings } from '../../../core/node-settings.ts';

/**
 * The image of helper containers: busybox, statically linked (musl), so that its one program can be copied to where an image
 * has none. Pinned by the digest of its index, which names amd64 and arm64 alike; from the public mirror of AWS, which asks for
 * no account. Nodes without the internet name a copy in their own registry (`helperImage`).
 */
const DEFAULT_HELPER_IMAGE =
  'public.ecr.aws/docker/library/busybox:1.37.0-musl@sha256:5cec3fc171c87218698e85a52af7087de727372aae264a787b8112901a5b0092';

/** The image of the helper containers of a node. */
export function helperImageOf({ helperImage }: NodeSettings): string {
  return helperImage ?? DEFAULT_HELPER_IMAGE;
}
