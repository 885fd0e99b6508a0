import type { ColourName } from './scene.js';

export type Side = 'left' | 'right' | 'top' | 'bottom';
export type Corner = 'topLeft' | 'topRight' | 'bottomLeft' | 'bottomRight';

/**
 * Where in the picture: a side (its half), a quadrant (`topLeft`), the middle of a side (`topCentre`), the centre, a
 * corner proper, any corner, the very edge.
 */
export type Place =
  | Side
  | Corner
  | 'centre'
  | 'topCentre'
  | 'bottomCentre'
  | 'leftCentre'
  | 'rightCentre'
  | `${Corner}Corner`
  | 'corner'
  | `${Side}Edge`;

/** A relation between a thing and one anchor. */
export type Relation = 'leftOf' | 'rightOf' | 'above' | 'below' | 'near' | 'on';

/** Things named by a noun, narrowed by tests (all must hold), then by a pick among what is left. */
export interface Things {
  /** Key of the lexicon's noun. */
  readonly noun: string;
  /** Categories that the noun certainly means. */
  readonly categories: readonly string[];
  /** Categories that it may mean: their objects make an answer borderline. */
  readonly mayBe: readonly string[];
  readonly tests: readonly Test[];
  readonly pick?: Pick;
}

/** What a relation is measured to: the one thing described, or any such thing. */
export type Anchor =
  | { readonly anchor: 'the'; readonly things: Things }
  | { readonly anchor: 'any'; readonly things: Things };

/** A statement about one object. */
export type Test =
  | { readonly test: 'colour'; readonly colour: ColourName }
  /** Large or small among all things of the same noun. */
  | { readonly test: 'size'; readonly size: 'large' | 'small' }
  | { readonly test: 'place'; readonly place: Place }
  | { readonly test: 'heading'; readonly toward: Side }
  | { readonly test: 'relation'; readonly relation: Relation; readonly anchor: Anchor }
  /** Between two things, or between the only two of one kind (`second` absent). */
  | { readonly test: 'between'; readonly first: Things; readonly second?: Things }
  | { readonly test: 'surrounded'; readonly by: Things }
  | { readonly test: 'compare'; readonly by: 'larger' | 'smaller'; readonly than: Things }
  | { readonly test: 'not'; readonly of: Test };

/** A choice among the things that pass the tests. */
export type Pick =
  /** The `rank`-th from a side (1 = leftmost ...). */
  | { readonly pick: 'fromSide'; readonly side: Side; readonly rank: number }
  /** The `rank`-th by size (1 = largest or smallest). */
  | { readonly pick: 'bySize'; readonly size: 'large' | 'small'; readonly rank: number }
  | { readonly pick: 'nearest'; readonly to: Things }
  | { readonly pick: 'farthest'; readonly from: Things }
  /** Nearest to the centre of the picture. */
  | { readonly pick: 'mostCentral' }
  /** The only row (three or more in a line) or the only cluster (three or more close together). */
  | { readonly pick: 'group'; readonly shape: 'row' | 'cluster' };

/** The meaning of a sentence. */
export type Form =
  /** Exactly one thing. */
  | { readonly form: 'the'; readonly things: Things }
  /** Every such thing, two or more; `count` says how many there are. */
  | { readonly form: 'all'; readonly things: Things; readonly count?: number }
  /** Land cover: all the water of the picture, held by one mask or several. */
  | { readonly form: 'cover'; readonly things: Things }
  /** All but one of them. */
  | { readonly form: 'except'; readonly things: Things; readonly but: Things }
  /** Both, or all three, of several meanings. */
  | { readonly form: 'union'; readonly parts: readonly Form[] };
