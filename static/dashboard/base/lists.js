/** Maps from a key to a list. */

/**
 * Add a value to the list of a key.
 * @template K
 * @template V
 * @param {Map<K, V[]>} map
 * @param {K} key
 * @param {V} value
 */
export function push(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
