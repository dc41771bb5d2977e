import type { Recipe } from './search.models.js';

/** All recipes, few enough for one ranking. A larger app would first find candidates in its database. */
export const RECIPES: readonly Recipe[] = [
  { title: 'Lentil soup', text: 'Red lentils, carrots and cumin, simmered for half an hour.' },
  { title: 'Mushroom risotto', text: 'Rice stirred slowly with stock, mushrooms and parmesan.' },
  { title: 'Apple crumble', text: 'Baked apples under oats, butter and brown sugar.' },
  { title: 'Tomato salad', text: 'Ripe tomatoes, red onion, basil and olive oil. No cooking.' },
  { title: 'Chickpea curry', text: 'Chickpeas in coconut milk with ginger, garlic and spinach.' },
  { title: 'Lemon tart', text: 'Short pastry filled with a sharp lemon custard.' },
  {
    title: 'Fried rice',
    text: 'Yesterday’s rice with egg, peas and soy sauce, ready in ten minutes.',
  },
  { title: 'Onion soup', text: 'Onions browned for an hour, broth, bread and melted cheese.' },
];
