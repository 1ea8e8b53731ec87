"""LoRA adapters: training data from logs, fine-tuning, export, gate, versions."""
