import { failureOf, FailureError, type Failure } from '../../core/failure.ts';
import type { Node, Lease } from '../../core/kubernetes.ts';
import { read, textOf, type JsonLike } from '../../local/explain/read-path.ts';
import { lookFurther, unknown, type Fact } from '../fact.ts';
import type { Kubernetes, ReviewPath } from '../kubernetes/ask-kubernetes.ts';
import { rightsOf, rightsOfNode, type Right } from '../kubernetes/rights-of-bootstrap.ts';

/** What became of the first question to the API server. */
export type Access =
  | { readonly kind: 'reached'; readonly version: string; readonly username: string; readonly source: string }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly source: string };

/** A right, and whether there is it. */
export interface AskedRight {
  readonly right: Right;
  readonly isAllowed: boolean;
}

/** The rights of one subject. */
export interface SubjectRights {
  /** In words. */
  readonly subject: string;
  readonly rights: readonly AskedRight[];
}

/** One object of the bootstrap, and what is applied of it; `undefined`: nothing. */
export interface AppliedObject {
  readonly rendered: JsonLike;
  readonly applied: JsonLike | undefined;
}

/** A node of the deployment in the cluster. */
export interface NodeState {
  readonly name: string;
  readonly node: Node | undefined;
  readonly lease: Lease | undefined;
}

/** What is known of the Kubernetes cluster. */
export interface ClusterFacts {
  readonly access: Fact<Access>;
  readonly rights: Fact<readonly SubjectRights[]>;
  readonly applied: Fact<readonly AppliedObject[]>;
  /** `undefined`: the server knows no such kind. */
  readonly daemonSets: Fact<readonly JsonLike[] | undefined>;
  readonly nodes: Fact<readonly NodeState[]>;
}

/** Whose rights are asked for, and what should be applied. */
export interface ClusterQuestions {
  /** As the API server knows the functions, for whoever may ask for others. */
  readonly subject: { readonly user?: string; readonly groups: readonly string[] };
  readonly objects: readonly JsonLike[];
  readonly nodes: readonly string[];
  readonly impersonateNodes: boolean;
}

/** Looks at all of it, as far as the way in leads. */
export async function probeCluster(
  way: Fact<Kubernetes>,
  questions: ClusterQuestions,
): Promise<ClusterFacts> {
  const access = await lookFurther(way, reach);
  const open = openOf(way, access);
  const [rights, applied, daemonSets, nodes] = await Promise.all([
    lookFurther(open, (kubernetes) => askRights(kubernetes, questions)),
    lookFurther(open, (kubernetes) => findApplied(kubernetes, questions.objects)),
    lookFurther(open, (kubernetes) => kubernetes.list('/apis/apps/v1/daemonsets')),
    lookFurther(open, (kubernetes) => findNodes(kubernetes, questions.nodes)),
  ]);
  return { access, rights, applied, daemonSets, nodes };
}

/** Who is asked, or why nobody can be. */
function openOf(way: Fact<Kubernetes>, access: Fact<Access>): Fact<Kubernetes> {
  if (access.kind === 'unknown') return access;
  if (access.value.kind === 'reached') return way;
  return unknown(`the API server cannot be asked: ${access.value.failure.message}`);
}

async function reach(kubernetes: Kubernetes): Promise<Access> {
  const { source } = kubernetes;
  try {
    const username = await whoAmI(kubernetes);
    const version = textOf(read(await kubernetes.get('/version'), ['gitVersion']), '');
    return { kind: 'reached', version, username, source };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return { kind: 'failed', failure: failureOf(error), source };
  }
}

const SELF: ReviewPath = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** Every user may ask this (Kubernetes 1.28). */
async function whoAmI(kubernetes: Kubernetes): Promise<string> {
  const review = await kubernetes.review(SELF, {});
  return textOf(read(review, ['status', 'userInfo', 'username']), 'somebody');
}

/** The functions ask for their own rights; whoever else asks for theirs. Nodes that are impersonated have rights of their own. */
async function askRights(
  kubernetes: Kubernetes,
  { subject, objects, nodes, impersonateNodes }: ClusterQuestions,
): Promise<readonly SubjectRights[]> {
  const isSelf = kubernetes.asker === 'functions';
  const ask = async (words: string, rights: readonly Right[], one: (right: Right) => Promise<boolean>) => ({
    subject: words,
    rights: await askEach(rights, one),
  });
  const own = await ask(subject.user ?? `group ${subject.groups[0] ?? ''}`, rightsOf(objects), (right) =>
    isSelf ? askSelf(kubernetes, right) : askFor(kubernetes, subject, right),
  );
  const ofNodes: SubjectRights[] = [];
  for (const node of impersonateNodes ? nodes : []) {
    const user = `system:node:${node}`;
    const asNode = { user, groups: ['system:nodes', 'system:authenticated'] };
    const one = (right: Right): Promise<boolean> =>
      isSelf ? askSelf(kubernetes.asNode(node), right) : askFor(kubernetes, asNode, right);
    ofNodes.push(await ask(user, rightsOfNode(node), one));
  }
  return [own, ...ofNodes];
}

const AT_ONCE = 8;

/** A few at a time: there are dozens of them for each node. */
async function askEach(
  rights: readonly Right[],
  ask: (right: Right) => Promise<boolean>,
): Promise<readonly AskedRight[]> {
  const asked: AskedRight[] = [];
  for (let from = 0; from < rights.length; from += AT_ONCE) {
    const some = rights.slice(from, from + AT_ONCE);
    asked.push(...(await Promise.all(some.map(async (right) => ({ right, isAllowed: await ask(right) })))));
  }
  return asked;
}

async function askSelf(kubernetes: Kubernetes, right: Right): Promise<boolean> {
  const spec = { resourceAttributes: right };
  return isAllowed(await kubernetes.review('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', spec));
}

async function askFor(
  kubernetes: Kubernetes,
  { user, groups }: ClusterQuestions['subject'],
  right: Right,
): Promise<boolean> {
  const spec = { ...(user !== undefined && { user }), groups, resourceAttributes: right };
  return isAllowed(await kubernetes.review('/apis/authorization.k8s.io/v1/subjectaccessreviews', spec));
}

function isAllowed(review: JsonLike): boolean {
  return read(review, ['status', 'allowed']) === true;
}

async function findApplied(
  kubernetes: Kubernetes,
  objects: readonly JsonLike[],
): Promise<readonly AppliedObject[]> {
  return Promise.all(
    objects.map(async (rendered) => ({ rendered, applied: await kubernetes.get(pathOf(rendered)) })),
  );
}

/** Where the API server has the object. */
function pathOf(object: JsonLike): string {
  const version = textOf(object['apiVersion'], '');
  const plural = `${textOf(object['kind'], '').toLowerCase()}s`.replace(/ys$/, 'ies');
  const namespace = textOf(read(object, ['metadata', 'namespace']), '');
  const within = namespace === '' ? '' : `/namespaces/${namespace}`;
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  return `${root}${within}/${plural}/${textOf(read(object, ['metadata', 'name']), '')}`;
}

async function findNodes(kubernetes: Kubernetes, names: readonly string[]): Promise<readonly NodeState[]> {
  return Promise.all(
    names.map(async (name) => {
      const asNode = kubernetes.asNode(name);
      const [node, lease] = await Promise.all([
        asNode.get(`/api/v1/nodes/${name}`),
        asNode.get(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`),
      ]);
      return { name, node: node as Node | undefined, lease: lease as Lease | undefined };
    }),
  );
}
