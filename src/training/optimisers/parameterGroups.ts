/** What is special about a group of parameters; `frozen` ones are not given to the optimiser. */
export interface GroupSettings {
  readonly learningRateScale?: number;
  readonly weightDecay?: number;
  readonly frozen?: boolean;
}

/** Settings for the parameters that a rule matches. */
export interface ParameterGroup extends GroupSettings {
  readonly match: (name: string) => boolean;
}

/** The settings of a parameter: those of all groups that match it, later ones going before earlier ones. */
export function settingsOf(name: string, groups: readonly ParameterGroup[]): GroupSettings {
  const settings: { learningRateScale?: number; weightDecay?: number; frozen?: boolean } = {};
  for (const { match, learningRateScale, weightDecay, frozen } of groups) {
    if (!match(name)) continue;
    if (learningRateScale !== undefined) settings.learningRateScale = learningRateScale;
    if (weightDecay !== undefined) settings.weightDecay = weightDecay;
    if (frozen !== undefined) settings.frozen = frozen;
  }
  return settings;
}

/**
 * The groups of LAVT's and RMSIN's published recipe: the backbone's norms and position tables do not decay, everything
 * else does, biases included; of BERT only the first ten layers train (so of a shorter text encoder all layers do, and
 * its embeddings stay as they are).
 */
export const lavtParameterGroups: readonly ParameterGroup[] = [
  {
    match: (name) => name.startsWith('backbone.') && /norm|absolute_pos_embed|relative_position_bias_table/.test(name),
    weightDecay: 0,
  },
  {
    match: (name) => {
      const layer = /^text_encoder\.encoder\.layer\.(\d+)\./.exec(name);
      return name.startsWith('text_encoder.') && !(layer && Number(layer[1]) < 10);
    },
    frozen: true,
  },
];
