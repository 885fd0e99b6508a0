import type { OperatorName } from '../../src/engine/operators/table.js';
import type { OperatorCase } from './cases.js';
import { elementwiseCases } from './elementwiseCases.js';
import { layoutCases } from './layoutCases.js';
import { lossCases } from './lossCases.js';
import { matrixCases } from './matrixCases.js';
import { normalisationCases } from './normalisationCases.js';
import { reductionCases } from './reductionCases.js';
import { spatialCases } from './spatialCases.js';

/** One case for every operator of the table: an operator without one does not compile. */
export const operatorCases: { readonly [Name in OperatorName]: OperatorCase } = {
  ...elementwiseCases,
  ...layoutCases,
  ...lossCases,
  ...matrixCases,
  ...normalisationCases,
  ...reductionCases,
  ...spatialCases,
};
