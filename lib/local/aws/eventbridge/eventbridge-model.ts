import { Buffer } from 'node:buffer';
import * as z from 'zod';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError, unknownOperation } from '../aws-model.ts';
import type { AwsModel, IdSource, Place } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { matchesPattern } from './match-pattern.ts';
import type { EventPattern } from './match-pattern.ts';

/** An event in EventBridge's envelope. */
type EventEnvelope = Readonly<Record<string, unknown>>;

/** A rule on the default bus, with one target. */
interface EventRule {
  readonly pattern: EventPattern;
  /** Receives each event that matches; to an SQS queue it goes as the JSON of the envelope. */
  readonly target: (event: EventEnvelope, at: Instant) => void;
}

/** The emulated EventBridge: one bus. */
export interface EventBridgeModel extends AwsModel {
  addRule(rule: EventRule): void;
  /** Puts an event of an AWS service on the bus, its envelope already made. */
  publish(event: EventEnvelope, at: Instant): void;
  /** What PutEvents took, the newest last (the last `kept` of them). */
  events(): readonly EventEnvelope[];
}

const MAX_ENTRIES = 10;
const MAX_BYTES = 262_144;

const putEventsSchema = z.object({
  Entries: z.array(
    z.object({
      Source: z.string().optional(),
      DetailType: z.string().optional(),
      Detail: z.string().optional(),
      EventBusName: z.string().optional(),
      Resources: z.array(z.string()).optional(),
      Time: z.number().optional(),
    }),
  ),
});
type Entry = z.infer<typeof putEventsSchema>['Entries'][number];

/** EventBridge as a pure model: PutEvents and rules. It plans nothing: what is published is delivered at once. */
export function createEventBridgeModel({
  place,
  ids,
  kept = 10_000,
}: {
  readonly place: Place;
  readonly ids: IdSource;
  readonly kept?: number;
}): EventBridgeModel {
  const rules: EventRule[] = [];
  const taken: EventEnvelope[] = [];
  const publish = (event: EventEnvelope, at: Instant): void => {
    for (const rule of rules) if (matchesPattern(rule.pattern, event)) rule.target(event, at);
  };
  const putEvent = (entry: Entry, now: Instant): Record<string, string> => {
    const fault = faultOf(entry);
    if (fault !== undefined) return fault;
    const event = toEnvelope(place, ids(), entry, now);
    taken.push(event);
    if (taken.length > kept) taken.shift();
    publish(event, now);
    return { EventId: String(event['id']) };
  };
  return {
    handle: (operation, input, now) => {
      if (operation !== 'PutEvents') throw unknownOperation(operation);
      const { Entries } = parseInput(putEventsSchema, input);
      checkSize(Entries);
      const results = Entries.map((entry) => putEvent(entry, now));
      return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
    },
    advance: () => undefined,
    nextDue: () => undefined,
    addRule: (rule) => void rules.push(rule),
    publish,
    events: () => taken,
  };
}

function checkSize(entries: readonly Entry[]): void {
  if (entries.length < 1 || entries.length > MAX_ENTRIES) {
    throw new AwsError('ValidationException', `Entries must have 1 to ${MAX_ENTRIES} elements.`);
  }
  if (Buffer.byteLength(JSON.stringify(entries)) > MAX_BYTES) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
}

/** PutEvents accepts the request and refuses the entry. */
function faultOf({ Source, DetailType, Detail }: Entry): Record<string, string> | undefined {
  const missing = Object.entries({ Source, DetailType, Detail }).find(
    ([, value]) => value === undefined || value === '',
  );
  if (missing !== undefined) {
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${missing[0]} is not valid. Reason: ${missing[0]} is a required argument.`,
    };
  }
  if (Source?.startsWith('aws.') === true) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  return isObject(Detail)
    ? undefined
    : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

function isObject(json: string | undefined): boolean {
  try {
    const value: unknown = JSON.parse(json ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function toEnvelope(place: Place, id: string, entry: Entry, now: Instant): EventEnvelope {
  const at = entry.Time === undefined ? now : entry.Time * 1000;
  return {
    version: '0',
    id,
    'detail-type': entry.DetailType,
    source: entry.Source,
    account: place.account,
    time: `${new Date(at).toISOString().slice(0, 19)}Z`,
    region: place.region,
    resources: entry.Resources ?? [],
    detail: JSON.parse(entry.Detail ?? '{}') as unknown,
  };
}
