// Emissions of a set of municipalities, the same as klimatlib.indicators.emissions to the last digit of the double.
// A set in a year is { tonnes: […], people: […] }, in one order; null stands where something is missing.

export function fsum(values) { // the correctly rounded sum (Shewchuk), as Python's math.fsum
  const parts = [];
  for (let x of values) {
    let kept = 0;
    for (let y of parts) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y, low = y - (high - x);
      if (low) parts[kept++] = low;
      x = high;
    }
    parts.length = kept;
    parts.push(x);
  }
  let n = parts.length, high = n ? parts[--n] : 0, low = 0;
  while (n) {
    const x = high, y = parts[--n];
    high = x + y; low = y - (high - x);
    if (low) break;
  }
  if (n && ((low < 0 && parts[n - 1] < 0) || (low > 0 && parts[n - 1] > 0))) {
    const twice = low * 2, next = high + twice;
    if (twice === next - high) high = next;
  }
  return high;
}
function whole(values) { return values.length > 0 && values.every((value) => value !== null && value !== undefined); }

export function total({ tonnes }) { return whole(tonnes) ? fsum(tonnes) : null; }

export function level({ tonnes, people }, definition) {
  if (!whole(tonnes) || !whole(people)) return null;
  if (definition === "ratio_of_sums") return fsum(tonnes) / people.reduce((sum, each) => sum + each, 0);
  return fsum(tonnes.map((each, i) => each / people[i])) / people.length;
}
export function cut(now, then) { return now === null || !then ? null : 1 - now / then; }

export function reduction(now, then, definition) { // of emissions per inhabitant, as a share
  if (definition === "ratio_of_sums") return cut(level(now, definition), level(then, definition));
  const own = now.tonnes.map((_, i) => cut(single(now, i), single(then, i)));
  return whole(own) ? fsum(own) / own.length : null;
}
function single({ tonnes, people }, i) { return level({ tonnes: [tonnes[i]], people: [people[i]] }, "ratio_of_sums"); }

export function totalReduction(now, then) { return cut(total(now), total(then)); }
