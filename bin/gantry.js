#!/usr/bin/env node
import '../dist/main/gantry.js';
