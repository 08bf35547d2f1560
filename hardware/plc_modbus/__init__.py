"""PLCs whose valves are coils: AutomationDirect DL05, DL06 and CLICK, and others that speak Modbus."""
