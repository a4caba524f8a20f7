/**
 * Set up before each test file. What listens is a module of its own: files that share a process set up again, and would
 * each add a listener.
 */
import './warnings.ts'
