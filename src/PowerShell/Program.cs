// PowerShell itself, with everything that it comes with: this project only gives it a program for the machine that builds.
return Microsoft.PowerShell.UnmanagedPSEntry.Start(args, args.Length);
