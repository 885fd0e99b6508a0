import { permute, reshape, type Value } from '../engine/index.js';

/** A feature map as tokens: row-major positions of an H x W map. */
export interface TokenMap {
  /** [B, H W, C] */
  readonly tokens: Value;
  readonly height: number;
  readonly width: number;
}

/** Tokens as a map: [B, H W, C] -> [B, C, H, W]. */
export function mapFromTokens({ tokens, height, width }: TokenMap): Value {
  const [batch, , channels] = tokens.shape;
  return reshape(permute(tokens, [0, 2, 1]), [batch, channels, height, width]);
}

/** A map as tokens: [B, C, H, W] -> [B, H W, C]. */
export function tokensFromMap(map: Value): TokenMap {
  const [batch, channels, height, width] = map.shape;
  return { tokens: permute(reshape(map, [batch, channels, height * width]), [0, 2, 1]), height, width };
}
