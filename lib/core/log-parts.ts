/**
 * Sizes of the events that the driver awslogs makes of a line that is longer than one: it cuts after 262,118 bytes, at most 3 before
 * that so as not to cut a character; without blocking (the default of ECS) it reads 262,144 bytes at a time, so that 26 are left over
 * (github.com/aws/shim-loggers-for-containerd, `maximumBytesPerEvent`, issue 239).
 */
const FULL_BYTES = 262_118;
const LEFT_OVER_BYTES = 26;
const MOST_CUT_OFF = 3;

/** Whether a text is as long as an event can be: its line goes on in the next one. */
export function isFullPart(text: string): boolean {
  const bytes = bytesOf(text);
  return bytes <= FULL_BYTES && bytes >= FULL_BYTES - MOST_CUT_OFF;
}

/** Whether a text is as long as what is left over of a read: behind a full part its line goes on, too. */
export function isLeftOver(text: string): boolean {
  return bytesOf(text) === LEFT_OVER_BYTES;
}

/** Whether the line of an event goes on in the next one. `undefined`: nothing is known of the event before it, on which that hangs. */
export function goesOn(text: string, before: string | undefined): boolean | undefined {
  if (isFullPart(text)) return true;
  if (!isLeftOver(text)) return false;
  return before === undefined ? undefined : isFullPart(before);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
