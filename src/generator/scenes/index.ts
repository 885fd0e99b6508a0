export { themes } from './catalogue.js';
export { renderedCategories, renderScene, type SceneOptions } from './renderScene.js';
