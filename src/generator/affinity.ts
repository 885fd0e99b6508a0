import { normaliseCategory } from './nouns.js';

/** Categories that people expect together, so that one of them missing is plausible to ask for. */
const company: readonly (readonly string[])[] = [
  ['ship', 'boat', 'harbor', 'harbour', 'ocean', 'container', 'bridge', 'land', 'river', 'lake', 'dam', 'water'],
  ['airplane', 'plane', 'helicopter', 'airplaneroad', 'runway', 'airport', 'helipad', 'vehicle', 'large vehicle'],
  [
    'basketball court',
    'tennis court',
    'badminton court',
    'football court',
    'soccer ball field',
    'rugby court',
    'baseball court',
    'baseball diamond',
    'baseball field',
    'ground track field',
    'pool',
    'swimming pool',
    'stadium',
    'grass',
  ],
  [
    'car',
    'vehicle',
    'small vehicle',
    'large vehicle',
    'truck',
    'bus',
    'minibus',
    'van',
    'road',
    'bridge',
    'overpass',
    'road intersection',
    'roundabout',
    'parking',
    'train',
    'digger',
  ],
  ['building', 'house', 'pool', 'swimming pool', 'tree', 'road', 'car', 'vegetation', 'grass', 'construction tower'],
  ['storage tank', 'chimney', 'container', 'building', 'pylon', 'wind turbine', 'photovolatic', 'train', 'digger'],
  ['dam', 'river', 'lake', 'bridge', 'grass', 'pylon', 'wind turbine', 'photovolatic', 'water', 'vegetation'],
];

/** Does a thing of the second category belong to scenes like those with the first? */
export function keepCompany(present: string, absent: string): boolean {
  const [a, b] = [normaliseCategory(present), normaliseCategory(absent)];
  return company.some((group) => group.includes(a) && group.includes(b));
}
