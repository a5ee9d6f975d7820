import { FIN, FRAME_TYPES, VERSION, type SpdyFrame, type SpdySetting } from './frames.ts';
import { createHeaderWriter } from './header-block.ts';

/** Writes the frames of one direction, in their order. */
export function createFrameEncoder(): (frame: SpdyFrame) => Buffer {
  const writeHeaders = createHeaderWriter();
  return (frame) => {
    switch (frame.kind) {
      case 'synStream':
        return control(frame, [numbers(frame.streamId, 0), Buffer.alloc(2), writeHeaders(frame.headers)]);
      case 'synReply':
      case 'headers':
        return control(frame, [numbers(frame.streamId), writeHeaders(frame.headers)]);
      case 'rstStream':
        return control(frame, [numbers(frame.streamId, frame.status)]);
      case 'settings':
        return control(frame, [numbers(frame.settings.length), ...frame.settings.map(renderSetting)]);
      case 'ping':
        return control(frame, [numbers(frame.id)]);
      case 'goAway':
        return control(frame, [numbers(frame.lastStreamId, frame.status)]);
      case 'windowUpdate':
        return control(frame, [numbers(frame.streamId, frame.delta)]);
      case 'data':
        return Buffer.concat([numbers(frame.streamId, flagged(frame.fin, frame.bytes.length)), frame.bytes]);
    }
  };
}

function control(frame: Exclude<SpdyFrame, { kind: 'data' }>, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const fin = 'fin' in frame && frame.fin;
  const head = numbers(0, flagged(fin, body.length));
  head.writeUInt16BE(0x8000 | VERSION, 0);
  head.writeUInt16BE(FRAME_TYPES[frame.kind], 2);
  return Buffer.concat([head, body]);
}

function flagged(fin: boolean, length: number): number {
  return (fin ? FIN * 2 ** 24 : 0) + length;
}

function renderSetting({ id, value }: SpdySetting): Buffer {
  return numbers(id, value);
}

/** Each in four bytes. */
function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}
