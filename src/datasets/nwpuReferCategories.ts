import { noTargetCategory } from './release.js';

/** The 32 things and places of NWPU-Refer, named and ordered as published (`photovolatic` is its spelling). */
export const nwpuReferThings: readonly string[] = [
  'car',
  'ship',
  'photovolatic',
  'building',
  'airplane',
  'road',
  'bridge',
  'basketball court',
  'container',
  'train',
  'pool',
  'storage tank',
  'tennis court',
  'ground track field',
  'football court',
  'pylon',
  'digger',
  'wind turbine',
  'construction tower',
  'road intersection',
  'parking',
  'baseball court',
  'river',
  'chimney',
  'airplaneroad',
  'ocean',
  'land',
  'rugby court',
  'lake',
  'grass',
  'badminton court',
  'dam',
];

/** The categories of its release files: what there is, then the mark of a sentence that means nothing. */
export const nwpuReferCategories: readonly string[] = [...nwpuReferThings, noTargetCategory];
