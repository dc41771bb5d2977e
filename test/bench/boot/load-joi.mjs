import 'joi';
