// Numbers in Swedish, as klimatlib.swedish prints them: rounded half up on the exact value, never on a double
// that was rounded before. An exact value is a pair of whole numbers, [numerator, denominator].
const NBSP = "\u00a0", MINUS = "\u2212";

export function exactly(double) { // every double is a fraction
  let above = double, below = 1n;
  while (!Number.isInteger(above)) { above *= 2; below *= 2n; }
  return [BigInt(above), below];
}
export function fraction(k, n) { return [BigInt(k), BigInt(n)]; }
export function times([above, below], factor) { return [above * BigInt(factor), below]; }

function rounded([above, below], decimals) { // sign, whole part, decimals
  const size = (above < 0n ? -above : above) * 10n ** BigInt(decimals);
  const digits = String((2n * size + below) / (2n * below)).padStart(decimals + 1, "0"), cut = digits.length - decimals;
  return [above < 0n && /[1-9]/.test(digits), digits.slice(0, cut), digits.slice(cut)];
}
export function number(value, decimals = 0) { // as a reader sees it: −1 234,5
  const [negative, whole, rest] = rounded(value, decimals);
  return (negative ? MINUS : "") + whole.replace(/\B(?=(\d{3})+$)/g, NBSP) + (rest && "," + rest);
}
export function plain(value, decimals = 0) { // as a Swedish spreadsheet reads it: -1234,5
  const [negative, whole, rest] = rounded(value, decimals);
  return (negative ? "-" : "") + whole + (rest && "," + rest);
}
export function quantity(value, unit, decimals = 0) { return number(value, decimals) + NBSP + unit; }
export function percent(share, decimals = 0) { return quantity(times(share, 100), "%", decimals); }
