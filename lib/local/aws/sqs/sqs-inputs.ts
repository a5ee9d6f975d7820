import * as z from 'zod';

/** Shapes of the SQS API as far as the emulator reads them. */

const queueUrl = z.string();
const messageAttributes = z.record(
  z.string(),
  z.looseObject({ DataType: z.string(), StringValue: z.string().optional() }),
);

const message = {
  MessageBody: z.string(),
  DelaySeconds: z.number().optional(),
  MessageAttributes: messageAttributes.optional(),
};

export const createQueueSchema = z.object({
  QueueName: z.string(),
  Attributes: z.record(z.string(), z.string()).optional(),
});
export const getQueueUrlSchema = z.object({ QueueName: z.string() });
export const queueSchema = z.object({ QueueUrl: queueUrl });
export const getQueueAttributesSchema = z.object({
  QueueUrl: queueUrl,
  AttributeNames: z.array(z.string()).optional(),
});
export const sendMessageSchema = z.object({ QueueUrl: queueUrl, ...message });
export const sendMessageBatchSchema = z.object({
  QueueUrl: queueUrl,
  Entries: z.array(z.object({ Id: z.string(), ...message })).optional(),
});
export const receiveMessageSchema = z.object({
  QueueUrl: queueUrl,
  MaxNumberOfMessages: z.number().optional(),
  VisibilityTimeout: z.number().optional(),
  WaitTimeSeconds: z.number().optional(),
  AttributeNames: z.array(z.string()).optional(),
  MessageSystemAttributeNames: z.array(z.string()).optional(),
  MessageAttributeNames: z.array(z.string()).optional(),
});
export const deleteMessageSchema = z.object({ QueueUrl: queueUrl, ReceiptHandle: z.string() });
export const deleteMessageBatchSchema = z.object({
  QueueUrl: queueUrl,
  Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string() })).optional(),
});
export const changeVisibilitySchema = z.object({
  QueueUrl: queueUrl,
  ReceiptHandle: z.string(),
  VisibilityTimeout: z.number(),
});

/** One message to send. */
export type NewMessage = Pick<
  z.infer<typeof sendMessageSchema>,
  'MessageBody' | 'DelaySeconds' | 'MessageAttributes'
>;
