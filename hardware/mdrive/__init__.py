"""IMS, Schneider and Novanta MDrive, MForce and Lexium motors with MCode over RS-422 or RS-485."""
