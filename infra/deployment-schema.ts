import type * as z from 'zod';
import { clusterShape } from './cluster-schema.ts';
import { list, mapping, word } from './deployment-rules.ts';

const place = {
  region: word(/^[a-z]{2}(-[a-z]+)+-\d$/, {
    allowed: 'a Region such as eu-west-1',
    wayOut: 'leave it out to take the one of the AWS profile',
  }).exactOptional(),
  account: word(/^\d{12}$/, {
    allowed: 'twelve digits in quotes',
    wayOut: 'leave it out to take the one of the AWS profile',
  }).exactOptional(),
};

/** The deployment file, whole: the clusters, each with the props of its construct and a place of its own if it needs one. */
export const deploymentSchema = mapping(
  {
    ...place,
    clusters: list(
      mapping({ ...place, ...clusterShape }, 'begin with one of examples/*.yaml'),
      { min: 1, max: 50 },
      { allowed: '1 to 50 clusters', wayOut: 'describe at least one' },
    ),
  },
  'begin with one of examples/*.yaml',
);

/** A deployment file, validated, with every default filled in. */
export type Deployment = z.output<typeof deploymentSchema>;
