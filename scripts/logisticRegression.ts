/**
 * Weights of a logistic regression by Newton's method, the last of them the constant, with a ridge of one sample's weight
 * on all but it (features scaled to a deviation of 1 meanwhile).
 * @param features one row a sample
 * @param labels whether the sample is of the class that the logit is of
 */
export function logisticRegression(features: readonly (readonly number[])[], labels: readonly boolean[]): number[] {
  const width = features[0].length;
  const columns = Array.from({ length: width }, (_, column) => features.map((row) => row[column]));
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length);
  const deviations = columns.map((column, index) =>
    Math.sqrt(Math.max(1e-12, column.reduce((sum, value) => sum + (value - means[index]) ** 2, 0) / column.length)),
  );
  const rows = features.map((row) => [...row.map((value, index) => (value - means[index]) / deviations[index]), 1]);
  const weights = new Array<number>(width + 1).fill(0);
  for (let round = 0; round < 50; round++) {
    const slope = weights.map((weight, index) => (index < width ? weight : 0));
    const curvature = weights.map((_, row) => weights.map((__, column) => Number(row === column && row < width)));
    for (const [sample, row] of rows.entries()) {
      const logit = row.reduce((sum, value, index) => sum + value * weights[index], 0);
      const probability = 1 / (1 + Math.exp(-logit));
      const spread = probability * (1 - probability);
      for (let i = 0; i <= width; i++) {
        slope[i] += (probability - Number(labels[sample])) * row[i];
        for (let j = 0; j <= width; j++) curvature[i][j] += spread * row[i] * row[j];
      }
    }
    const step = solve(curvature, slope);
    for (const [index, value] of step.entries()) weights[index] -= value;
    if (Math.max(...step.map(Math.abs)) < 1e-9) break;
  }
  const own = weights.slice(0, width).map((weight, index) => weight / deviations[index]);
  return [...own, weights[width] - own.reduce((sum, weight, index) => sum + weight * means[index], 0)];
}

/** Solves a small symmetric positive system by elimination with pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index]]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const pivot = rows.slice(column).reduce((best, row, index) => {
      return Math.abs(row[column]) > Math.abs(rows[best][column]) ? column + index : best;
    }, column);
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const share = rows[row][column] / rows[column][column];
      for (let place = column; place <= size; place++) rows[row][place] -= share * rows[column][place];
    }
  }
  return rows.map((row, index) => row[size] / row[index]);
}
