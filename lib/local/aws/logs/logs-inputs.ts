import * as z from 'zod';

/** Shapes of the CloudWatch Logs API as far as the emulator reads them. */

const logGroup = { logGroupName: z.string().optional(), logGroupIdentifier: z.string().optional() };

export const groupSchema = z.object(logGroup);
export const streamSchema = z.object({ ...logGroup, logStreamName: z.string() });
export const describeGroupsSchema = z.object({ logGroupNamePrefix: z.string().optional() });
export const retentionSchema = z.object({ ...logGroup, retentionInDays: z.number() });
export const putEventsSchema = z.object({
  ...logGroup,
  logStreamName: z.string(),
  logEvents: z.array(z.object({ timestamp: z.number(), message: z.string().min(1) })),
});
export const describeStreamsSchema = z.object({
  ...logGroup,
  logStreamNamePrefix: z.string().optional(),
  orderBy: z.string().optional(),
  descending: z.boolean().optional(),
  limit: z.number().optional(),
  nextToken: z.string().optional(),
});
export const getEventsSchema = z.object({
  ...logGroup,
  logStreamName: z.string(),
  startTime: z.number().optional(),
  endTime: z.number().optional(),
  startFromHead: z.boolean().optional(),
  limit: z.number().optional(),
  nextToken: z.string().optional(),
});
export const filterEventsSchema = z.object({
  ...logGroup,
  logStreamNames: z.array(z.string()).optional(),
  logStreamNamePrefix: z.string().optional(),
  startTime: z.number().optional(),
  endTime: z.number().optional(),
  filterPattern: z.string().optional(),
  limit: z.number().optional(),
  nextToken: z.string().optional(),
});
